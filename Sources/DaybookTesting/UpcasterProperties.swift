public import Daybook

/// Checks that nothing that was ever stored of these domain events has become unreadable:
///
/// - each form is brought up step by step to what is declared today (`schemaVersions`), and decodes;
/// - each step goes on to a later version or to another type, and none in a circle;
/// - each upcaster is needed by one of the forms, and no two stand at the same place.
///
/// - Parameter forms: Events as they were stored: keep one for each type and schema version that there ever was.
/// - Throws: ``BrokenProperty`` with the steps that lead to what is wrong.
public func verifyUpcasters<Event: DomainEvent>(of event: Event.Type, stored forms: [StoredForm]) throws {
    var check = UpcasterCheck(upcasters: Event.upcasters, schemaVersions: Event.schemaVersions) { form in
        _ = try TaggedJSON.decode(Event.self, tag: form.type, payload: JSONData.object(form.data).bytes[...])
    }
    try check.run(forms)
}

/// The same for integration events, whose types are those of the cases, without the namespace.
///
/// - Throws: ``BrokenProperty`` with the steps that lead to what is wrong.
public func verifyUpcasters<Event: IntegrationEvent>(of event: Event.Type, stored forms: [StoredForm]) throws {
    var check = UpcasterCheck(upcasters: Event.upcasters, schemaVersions: Event.schemaVersions) { form in
        _ = try TaggedJSON.decode(Event.self, tag: form.type, payload: JSONData.object(form.data).bytes[...])
    }
    try check.run(forms)
}

/// Follows stored forms to the present schema.
private struct UpcasterCheck {
    let upcasters: [Upcaster]
    let schemaVersions: [String: Int]
    let decode: (StoredForm) throws -> Void
    /// The places of those that a form has needed.
    var used: Set<Int> = []

    init(upcasters: [Upcaster], schemaVersions: [String: Int], decode: @escaping (StoredForm) throws -> Void) {
        self.upcasters = upcasters
        self.schemaVersions = schemaVersions
        self.decode = decode
    }

    mutating func run(_ forms: [StoredForm]) throws {
        for (place, upcaster) in upcasters.enumerated() where self.place(of: name(upcaster)) != place {
            throw BrokenProperty(description: "\(name(upcaster)): two upcasters take it on")
        }
        for form in forms { try follow(form, after: []) }
        if let unused = upcasters.indices.first(where: { !used.contains($0) }) {
            throw BrokenProperty(
                description: "\(name(upcasters[unused])): an upcaster takes it on, and no stored form needs it")
        }
    }

    /// - Parameter steps: The names of what it was before.
    private mutating func follow(_ form: StoredForm, after steps: [String]) throws {
        let steps = steps + [name(form)]
        func broken(_ what: String) -> BrokenProperty {
            BrokenProperty(description: "\(steps.joined(separator: " → ")): \(what)")
        }
        guard let place = place(of: name(form)) else {
            let declared = schemaVersions[form.type] ?? 1
            guard form.schemaVersion == declared else {
                throw broken("no upcaster takes it on, and \(form.type) is at schema version \(declared)")
            }
            do { try decode(form) } catch { throw broken("cannot be decoded: \(error)") }
            return
        }
        used.insert(place)
        let next: [StoredForm]
        do { next = try Self.step(form, by: upcasters[place]) } catch { throw broken("\(error)") }
        for later in next {
            guard !steps.contains(name(later)) else { throw broken("goes in a circle, to \(name(later))") }
            if later.type == form.type && later.schemaVersion < form.schemaVersion {
                throw broken("goes back, to \(name(later))")
            }
            try follow(later, after: steps)
        }
    }

    /// What one upcaster makes of it.
    private static func step(_ form: StoredForm, by upcaster: Upcaster) throws -> [StoredForm] {
        try JSONData.object(form.data).bytes.withUnsafeBytes { data in
            try UpcasterChain([upcaster]).upcast(form.type, form.schemaVersion, data)
        }
    }

    private func place(of name: String) -> Int? { upcasters.firstIndex { self.name($0) == name } }

    private func name(_ form: StoredForm) -> String { "\(form.type) \(form.schemaVersion)" }

    private func name(_ upcaster: Upcaster) -> String { "\(upcaster.type) \(upcaster.schemaVersion)" }
}
