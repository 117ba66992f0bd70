extension EventCodec {
    /// `true` when some of an event's personal data stand in the store as they are, in the event or in what was
    /// published of it: from before the store had a key file, or from before they were declared personal.
    ///
    /// Judged by what today's code makes of them. What it cannot read counts as plain, unless there is nothing in it.
    /// What upcasters drop, and what was published in another namespace, counts as plain unless some of it is sealed.
    /// Where neither events nor integration events declare anything personal, nothing is plain.
    ///
    /// - Parameters:
    ///   - stored: The event with its data as they are stored.
    ///   - published: The integration events that were published of it, with their data as they are stored.
    public func hasPlainPersonalData(_ stored: StoredEvent, published: [NewEvent.Published]) -> Bool {
        if Subject.Event.personal.isEmpty && Subject.Published.personal.isEmpty { return false }
        let inEvent = PlainPersonalData<Subject.Event>(
            upcasters: upcasters, personal: Subject.Event.personal, stream: stored.stream)
        if inEvent.isIn(stored.data, ofType: stored.type, stored.schemaVersion) { return true }
        let inPublished = PlainPersonalData<Subject.Published>(
            upcasters: publishedUpcasters, personal: Subject.Published.personal, stream: stored.stream)
        let namespace = "\(Subject.Published.namespace)."
        return published.contains { entry in
            guard entry.type.hasPrefix(namespace) else { return inPublished.isIn(unread: entry.data) }
            let type = String(entry.type.dropFirst(namespace.count))
            return inPublished.isIn(entry.data, ofType: type, entry.schemaVersion)
        }
    }
}

/// Finds personal members that are stored as they are.
private struct PlainPersonalData<Event: Decodable> {
    let upcasters: UpcasterChain
    /// The members that are declared personal today, by type.
    let personal: [String: Set<String>]
    let stream: StreamName

    func isIn(_ data: [UInt8], ofType type: String, _ schemaVersion: Int) -> Bool {
        guard let raw = members(of: data) else { return true }
        guard raw.values.contains(where: isSomething) else { return false }
        guard let forms = try? upcast(type, schemaVersion, raw) else { return true }
        if forms.isEmpty { return isIn(unread: data) }
        if !isSealed(data), isTextLost(of: raw, in: forms) { return true }
        // What upcasters fill in, and what they make of forgotten values, is of nobody.
        let filled = (try? upcast(type, schemaVersion, raw.filter { !isSomething($0.value) })) ?? []
        return forms.contains { form in
            let members = isReadable(form) ? personal[form.type, default: []] : Set(form.data.keys)
            return members.contains { name in
                guard let value = form.data[name], isSomething(value) else { return false }
                return !filled.contains { $0.type == form.type && $0.data[name] == value }
            }
        }
    }

    /// Of data that no code of today reads, nobody can say what is personal: whoever sealed some of them did.
    func isIn(unread data: [UInt8]) -> Bool {
        guard let raw = members(of: data) else { return true }
        return !isSealed(data) && raw.values.contains(where: isSomething)
    }

    /// The members as they are stored; what is sealed is the text that stands for it, wherever upcasters bring it.
    private func members(of data: [UInt8]) -> [String: JSONData]? {
        if data.isEmpty { return [:] }
        do {
            let shown = try data.withUnsafeBytes { try SealedData.open($0, with: nil, of: stream) } ?? data
            guard case .object(let members) = try shown.withUnsafeBytes({ try JSONData($0) }) else { return nil }
            return members
        } catch {
            return nil
        }
    }

    private func upcast(_ type: String, _ schemaVersion: Int, _ members: [String: JSONData]) throws -> [StoredForm] {
        try JSONData.object(members).bytes.withUnsafeBytes { try upcasters.upcast(type, schemaVersion, $0) }
    }

    /// `true` when a text is in no form any more though they have personal members: it may have been one.
    private func isTextLost(of raw: [String: JSONData], in forms: [StoredForm]) -> Bool {
        guard forms.contains(where: { !personal[$0.type, default: []].isEmpty }) else { return false }
        return raw.contains { member in
            guard case .text = member.value, isSomething(member.value) else { return false }
            return forms.allSatisfy { !$0.data.keys.contains(member.key) && !$0.data.values.contains(member.value) }
        }
    }

    private func isReadable(_ form: StoredForm) -> Bool {
        let payload = JSONData.object(form.data).bytes
        return (try? TaggedJSON.decode(Event.self, tag: form.type, payload: payload[...])) != nil
    }

    private func isSealed(_ data: [UInt8]) -> Bool { data.withUnsafeBytes { SealedData.isSealed($0) } }

    private func isSomething(_ value: JSONData) -> Bool {
        value != .null && value != .text("") && value != .text(SealedData.forgotten)
    }
}
