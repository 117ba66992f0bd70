import ArgumentParser
import Daybook

/// What a command is for and what it is given, read from the command line.
struct CommandInput: Equatable {
    /// Whom it is for; the writer chooses if there is none.
    let id: String?
    /// A JSON object.
    let body: String
    /// `true` when nothing is given.
    let isEmpty: Bool

    /// - Throws: `ValidationError` if the arguments make no sense.
    init(arguments: [String], id: String?, data: String?) throws {
        let ids = arguments.filter { !Self.isPair($0) } + [id].compactMap(\.self)
        guard ids.count <= 1 else {
            throw ValidationError("There is more than one id: \(ids.joined(separator: ", ")). Values are key=value.")
        }
        guard ids.first != "" else { throw ValidationError("The id is empty.") }
        let pairs = arguments.filter { Self.isPair($0) }
        guard data == nil || pairs.isEmpty else { throw ValidationError("Give --data or key=value, not both.") }

        self.id = ids.first
        isEmpty = data == nil && pairs.isEmpty
        body = try data.map(Self.object) ?? Self.object(of: pairs)
    }

    // An accent or a joiner after the '=' makes one character of both: what counts is the byte.
    private static func isPair(_ argument: String) -> Bool { argument.utf8.contains(UInt8(ascii: "=")) }

    // The text is sent as given: a number written in another way might be another one to the domain.
    private static func object(_ text: String) throws -> String {
        guard case .object? = JSONData(text: text) else { throw ValidationError("--data takes a JSON object.") }
        return text
    }

    private static func object(of pairs: [String]) throws -> String {
        var members: [String] = []
        var names: Set<String> = []
        for pair in pairs {
            let parts = pair.utf8.split(
                separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            var (name, value) = (String(Substring(parts[0])), String(Substring(parts[1])))
            if name.hasSuffix(":") {
                name.removeLast()
                guard JSONData(text: value) != nil else {
                    throw ValidationError("\"\(pair)\": after := comes JSON; text in it needs quotation marks.")
                }
            } else {
                value = JSONData.text(value).line
            }
            guard !name.isEmpty else { throw ValidationError("\"\(pair)\" has no key before the '='.") }
            guard names.insert(name).inserted else { throw ValidationError("\(name) is given more than once.") }
            members.append("\(JSONData.text(name).line):\(value)")
        }
        return "{\(members.joined(separator: ","))}"
    }
}
