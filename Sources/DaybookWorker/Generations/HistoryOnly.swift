import Daybook

/// The subscription of a generation that no queue feeds: everything is read from history.
struct HistoryOnly: Subscription {
    func run(reportingTo report: @escaping @Sendable (SubscriptionEvent) -> Void) async throws {
        report(.connected(session: 1))
        while true { try await Task.sleep(for: .seconds(86_400)) }
    }

    func acknowledge(_ receipts: [Receipt]) async {}

    func reconnect() async {}
}
