extension EventCodec {
    /// Whether some of an event's personal data stand in the store as they are, in the event or in what was published of
    /// it: from before the store had a key file, or from before they were declared personal.
    ///
    /// Judged by what today's code makes of them. What it cannot bring to the present schema counts as plain.
    ///
    /// - Parameters:
    ///   - stored: The event with its data as they are stored.
    ///   - published: The integration events that were published of it, with their data as they are stored.
    public func hasPlainPersonalData(_ stored: StoredEvent, published: [NewEvent.Published]) -> Bool {
        let inEvent = PlainPersonalData(upcasters: upcasters, personal: Subject.Event.personal, stream: stored.stream)
        if inEvent.isIn(stored.data, ofType: stored.type, stored.schemaVersion) { return true }
        let inPublished = PlainPersonalData(
            upcasters: publishedUpcasters, personal: Subject.Published.personal, stream: stored.stream)
        let namespace = "\(Subject.Published.namespace)."
        return published.contains { entry in
            guard entry.type.hasPrefix(namespace) else { return false }
            let type = String(entry.type.dropFirst(namespace.count))
            return inPublished.isIn(entry.data, ofType: type, entry.schemaVersion)
        }
    }
}

/// Finds personal members that are stored as they are.
private struct PlainPersonalData {
    let upcasters: UpcasterChain
    /// The members that are declared personal today, by type.
    let personal: [String: Set<String>]
    let stream: StreamName

    func isIn(_ data: [UInt8], ofType type: String, _ schemaVersion: Int) -> Bool {
        if personal.isEmpty { return false }
        do {
            // What is sealed becomes the text that stands for it, wherever the upcasters bring it.
            let shown = try data.withUnsafeBytes { try SealedData.open($0, with: nil, of: stream) } ?? data
            let forms = try shown.withUnsafeBytes { try upcasters.upcast(type, schemaVersion, $0) }
            return forms.contains { form in
                personal[form.type, default: []].contains { isPlain(form.data[$0] ?? .null) }
            }
        } catch {
            return true
        }
    }

    private func isPlain(_ value: JSONData) -> Bool { value != .null && value != .text(SealedData.forgotten) }
}
