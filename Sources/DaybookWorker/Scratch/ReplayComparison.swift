import Daybook
import DaybookAPI
import ServiceLifecycle
import Synchronization

/// The comparison of what serves with a replay. It runs beside all else, one at a time.
final class ReplayComparison: Sendable {
    private let scratch: ScratchGenerations
    /// The generations that are to be compared.
    private let inbox = Mailbox<Int>()
    private let state = Mutex<ComparisonResponse?>(nil)

    init(scratch: ScratchGenerations) {
        self.scratch = scratch
    }

    private var context: ProjectionContext { scratch.context }

    /// The last comparison, or the one that is under way.
    var last: ComparisonResponse? { state.withLock { $0 } }

    /// Asks for a comparison of a generation, unless one is under way.
    func begin(with number: Int) {
        let begins = state.withLock { state in
            if state?.state == .running { return false }
            state = ComparisonResponse()
            return true
        }
        if begins { inbox.send(number) }
    }

    /// Compares whatever is asked for, until the task is cancelled.
    func run() async {
        for await _ in inbox.arrivals() {
            for number in inbox.takeAll() { await compare(number) }
        }
    }

    private func compare(_ number: Int) async {
        do {
            let found = try await scratch.comparing.withLock { try await differences(from: number) }
            note {
                $0.state = .done
                $0.differences = found.map { TableDifferenceReport($0) }
            }
        } catch {
            note {
                $0.state = .failed
                $0.problem = "\(error)"
            }
        }
    }

    private func note(_ change: (inout ComparisonResponse) -> Void) {
        state.withLock { state in
            var comparison = state ?? ComparisonResponse()
            change(&comparison)
            state = comparison
        }
    }

    private func differences(from number: Int) async throws -> [TableDifference] {
        try await scratch.with(.comparison, like: nil) { scratch in
            let comparison = try await scratch.comparison(with: number)
            let targets = comparison.checkpoints
            note { $0.total = targets.values.map(\.offset.rawValue).cappedSum }
            // What cannot be applied is set aside at once.
            let generation = scratch.generation
            try await context.bring(generation, upTo: targets, policy: FailurePolicy(retries: 0)) { applied in
                note { $0.done += applied }
            }
            let reached = try await generation.checkpoints()
            guard
                targets.allSatisfy({ lane, target in
                    reached[lane] == target || !context.feed.sources.contains(lane.source)
                })
            else { throw PromotionRefused("what serves was made from another log than the sources have now") }
            return try await comparison.differences()
        }
    }
}

extension TableDifferenceReport {
    fileprivate init(_ difference: TableDifference) {
        self.init(
            table: difference.table, onlyInFirst: difference.onlyInFirst, onlyInSecond: difference.onlyInSecond,
            first: difference.first, second: difference.second)
    }
}
