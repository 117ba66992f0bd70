extension Deployment {
    /// The sum of a metric's series that have all of these labels, each written as `name="value"`; `nil` where there is
    /// none.
    public func metric(_ name: String, of daemon: Daemon, _ labels: String...) async throws -> Double? {
        let text = try await get(daemon, "/metrics").text
        let values = text.split(separator: "\n").compactMap { line -> Double? in
            guard line.prefix(while: { $0 != "{" && $0 != " " }) == name, labels.allSatisfy({ line.contains($0) })
            else {
                return nil
            }
            return line.split(separator: " ").last.flatMap { Double($0) }
        }
        return values.isEmpty ? nil : values.reduce(0, +)
    }
}
