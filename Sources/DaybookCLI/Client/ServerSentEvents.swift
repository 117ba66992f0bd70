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
