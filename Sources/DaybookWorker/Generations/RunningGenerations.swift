import Daybook
import Synchronization

/// The generations that this process applies events to, by number.
///
/// One that runs keeps a lock on itself. So only its parts are handed out: whoever kept all of it would keep the lock.
final class RunningGenerations: Sendable {
    private typealias End = AsyncThrowingStream<Void, any Error>.Continuation

    private struct State {
        var generations: [Int: RunningGeneration] = [:]
        /// Those who wait until a generation has ended.
        var ends: [Int: [End]] = [:]
    }

    private let state = Mutex(State())

    // MARK: Looking

    var isEmpty: Bool { withAll { $0.isEmpty } }

    func withAll<Value: Sendable>(_ body: ([Int: RunningGeneration]) -> Value) -> Value {
        state.withLock { body($0.generations) }
    }

    func role(of number: Int) -> GenerationRole? { withAll { $0[number]?.role } }

    func model(of number: Int) -> (any Generation)? { withAll { $0[number]?.model } }

    func runner(of number: Int) -> ProjectionRunner? { withAll { $0[number]?.runner } }

    /// The locks of some generations, for who stops these and lets no other worker feed them meanwhile.
    func locks(of numbers: [Int]) -> [Int: GenerationLock] {
        withAll { running in
            numbers.reduce(into: [:]) { locks, number in locks[number] = running[number]?.lock }
        }
    }

    /// The runners of generations in some roles.
    func runners(where isMeant: (GenerationRole) -> Bool = { _ in true }) -> [ProjectionRunner] {
        withAll { $0.values.filter { isMeant($0.role) }.map(\.runner) }
    }

    // MARK: Beginning and ending

    func add(_ generation: RunningGeneration, number: Int) {
        state.withLock { $0.generations[number] = generation }
    }

    /// Notes that a generation has its indexes, and is on the disk.
    func setFinished(_ number: Int) {
        state.withLock { $0.generations[number]?.isFinished = true }
    }

    /// Notes that a generation has ended, and wakes those who wait for that.
    ///
    /// - Parameter failure: An error with which this process cannot go on. They get it, too.
    func remove(_ number: Int, throwing failure: (any Error)?) {
        for end in take(number) { end.finish(throwing: failure) }
    }

    /// Removes a generation, whose lock is free when this returns.
    private func take(_ number: Int) -> [End] {
        let (generation, ends) = state.withLock { state in
            (state.generations.removeValue(forKey: number), state.ends.removeValue(forKey: number) ?? [])
        }
        withExtendedLifetime(generation) {}
        return ends
    }

    /// Waits until a generation that was told to stop has committed last and is not locked here any more.
    ///
    /// - Throws: The error with which this process cannot go on, if that ended it; ``PromotionRefused`` when it does
    ///   not end in time.
    func waitForEnd(of number: Int, within limit: Duration = .seconds(12)) async throws {
        let (end, continuation) = AsyncThrowingStream<Void, any Error>.makeStream()
        let isRunning = state.withLock { state in
            guard state.generations[number] != nil else { return false }
            state.ends[number, default: []].append(continuation)
            return true
        }
        guard isRunning else { return }
        try await withThrowingTaskGroup(of: Bool.self) { tasks in
            defer { tasks.cancelAll() }
            tasks.addTask {
                for try await _ in end {}
                try Task.checkCancellation()
                return true
            }
            tasks.addTask {
                try await Task.sleep(for: limit)
                return false
            }
            guard try await tasks.next() == true else {
                throw PromotionRefused("generation \(number) does not let go")
            }
        }
    }
}
