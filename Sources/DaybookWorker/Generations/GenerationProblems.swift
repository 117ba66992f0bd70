import Synchronization

/// The reason why a generation does not serve, although it could.
struct GenerationProblem: Sendable, Equatable {
    let reason: String
    /// `true` when it is over as soon as the generation runs again. Otherwise it is when the generation takes over.
    var endsWithStart = false
    /// `true` for a build that was stopped, and may go on once its record says so.
    var isStop = false
}

/// The problems of generations that do not serve, and those that are left alone until the next look.
final class GenerationProblems: Sendable {
    private struct State {
        var problems: [Int: GenerationProblem] = [:]
        /// Generations that could not go on, or not be read.
        var failed: Set<Int> = []
        /// Builds with which all was done that can be: they are held, or could not take over.
        var settled: Set<Int> = []
    }

    private let state = Mutex(State())

    // MARK: Problems

    var reasons: [Int: String] { state.withLock { $0.problems.mapValues(\.reason) } }

    /// - Returns: `true` when the problem is a new one.
    @discardableResult
    func note(_ problem: GenerationProblem, of number: Int) -> Bool {
        state.withLock { $0.problems.updateValue(problem, forKey: number) } != problem
    }

    func clear(_ number: Int) { state.withLock { $0.problems[number] = nil } }

    /// Clears what is over when a generation runs again.
    func clearWithStart(_ number: Int) {
        state.withLock { if $0.problems[number]?.endsWithStart == true { $0.problems[number] = nil } }
    }

    /// Forgets generations that there are no more.
    func keep(_ known: Set<Int>) {
        state.withLock { state in state.problems = state.problems.filter { known.contains($0.key) } }
    }

    func isStopped(_ number: Int) -> Bool { state.withLock { $0.problems[number]?.isStop == true } }

    // MARK: Rest until the next look

    /// - Returns: `true` unless the generation is known to have failed.
    func fail(_ number: Int) -> Bool { state.withLock { $0.failed.insert(number).inserted } }

    func isFailed(_ number: Int) -> Bool { state.withLock { $0.failed.contains(number) } }

    func settle(_ number: Int) { state.withLock { _ = $0.settled.insert(number) } }

    func unsettle(_ number: Int) { state.withLock { _ = $0.settled.remove(number) } }

    func isSettled(_ number: Int) -> Bool { state.withLock { $0.settled.contains(number) } }

    /// Lets everything be tried again.
    func endRest() {
        state.withLock { state in
            state.failed = []
            state.settled = []
        }
    }
}
