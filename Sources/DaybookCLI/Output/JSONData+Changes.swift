import Daybook

/// A member of an object that is not what it was. A missing one is null.
struct MemberChange {
    /// The name; empty for a value that is no object.
    let member: String
    let from: JSONData
    let to: JSONData

    /// The change as the tool prints it with `--json`.
    var json: JSONData { ["member": .text(member), "from": from, "to": to] }
}

extension JSONData {
    /// The members of an object that differ in a later one, by name.
    func changes(to later: JSONData) -> [MemberChange] {
        guard case .object(let before) = self, case .object(let after) = later else {
            return bytes == later.bytes ? [] : [MemberChange(member: "", from: self, to: later)]
        }
        return Set(before.keys).union(after.keys).sorted().compactMap { member in
            let change = MemberChange(member: member, from: before[member] ?? .null, to: after[member] ?? .null)
            // Texts that are composed in another way are others.
            return change.from.bytes == change.to.bytes ? nil : change
        }
    }
}
