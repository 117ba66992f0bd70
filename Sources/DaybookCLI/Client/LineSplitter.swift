/// Puts lines together again from the pieces in which they arrive.
struct LineSplitter {
    /// More than any answer of a daemon. A server that never ends a line must not fill the memory.
    static let limit = 64 * 1024 * 1024

    private var pending: [UInt8] = []

    /// The lines that end in this piece, without their ends, or `nil` if the pending line is beyond the limit.
    mutating func take(_ bytes: some Sequence<UInt8>) -> [String]? {
        var lines: [String] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                if pending.last == UInt8(ascii: "\r") { pending.removeLast() }
                lines.append(String(decoding: pending, as: UTF8.self))
                pending.removeAll(keepingCapacity: true)
            } else {
                pending.append(byte)
            }
        }
        return pending.count <= Self.limit ? lines : nil
    }

    /// The last line, if nothing ended it.
    var rest: String? {
        pending.isEmpty ? nil : String(decoding: pending, as: UTF8.self)
    }
}

/// Reads server-sent events from lines.
struct ServerSentEvents {
    private var data: [Substring] = []
    private var hasID = false

    /// The data of the event that this line completes, if it does, and whether reading could go on after it. Comments
    /// and unknown fields mean nothing.
    mutating func take(_ line: String) -> (data: String, hasID: Bool)? {
        if line.isEmpty {
            defer { (data, hasID) = ([], false) }
            return data.isEmpty ? nil : (data.joined(separator: "\n"), hasID)
        }
        let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        if parts[0] == "id" { hasID = true }
        if parts[0] == "data" {
            let value = parts.count == 2 ? parts[1] : ""
            data.append(value.hasPrefix(" ") ? value.dropFirst() : value)
        }
        return nil
    }
}
