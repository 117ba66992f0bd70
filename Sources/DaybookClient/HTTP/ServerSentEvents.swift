/// Reads server-sent events line by line. Comments and unknown fields mean nothing.
struct ServerSentEvents {
    /// An event that is complete.
    struct Message: Equatable {
        var data: [UInt8]
        /// `nil` when the event has none: reading cannot go on after it.
        var id: String?
    }

    private var data: [UInt8]?
    private var id: String?

    /// Takes a line without its end.
    ///
    /// - Returns: The event that the line completes, if it does.
    mutating func take(_ line: [UInt8]) -> Message? {
        if line.isEmpty {
            let message = data.map { Message(data: $0, id: id) }
            data = nil
            id = nil
            return message
        }
        let name = line.prefix { $0 != UInt8(ascii: ":") }
        var value = line.dropFirst(name.count + 1)
        if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        if name.elementsEqual("id".utf8) { id = String(decoding: value, as: UTF8.self) }
        if name.elementsEqual("data".utf8) {
            if data != nil { data?.append(UInt8(ascii: "\n")) }
            data = (data ?? []) + value
        }
        return nil
    }
}
