extension EventCodec {
    /// The tags by which a stored event is found once its subject is forgotten: its personal members read as
    /// ``SealedData/forgotten``, also those that are stored as they are.
    ///
    /// - Throws: ``UpcastingError`` or `DecodingError` when it cannot be read so.
    public func tags(ofForgotten stored: StoredEvent) throws -> [Tag] {
        let shown =
            try stored.data.withUnsafeBytes { try SealedData.open($0, with: nil, of: stored.stream) } ?? stored.data
        let forms = try shown.withUnsafeBytes { try upcasters.upcast(stored.type, stored.schemaVersion, $0) }
        return try forms.flatMap { form in
            let personal = Subject.Event.personal[form.type] ?? []
            var members = form.data
            for (name, value) in members where personal.contains(name) && value != .null {
                members[name] = .text(SealedData.forgotten)
            }
            let payload = JSONData.object(members).bytes
            return Subject.tags(try TaggedJSON.decode(Subject.Event.self, tag: form.type, payload: payload[...]))
        }
    }
}
