import Synchronization

/// The generations of a read model in memory. Every worker that is given them shares them, and they are gone with the
/// object.
public final class InMemoryGenerations: Sendable {
    /// A right that one worker has at a time.
    enum Right: Hashable, Sendable {
        case next
        case promotion
        case feeding(Int)
        case scratch(ScratchPurpose)
    }

    private struct State {
        var generations: [Int: GenerationState] = [:]
        var serving: Int?
        var lastNumber = 0
        var isPaused = false
    }

    private let state = Mutex(State())
    let locks = InMemoryLocks<Right>()

    public init() {}

    var serving: Int? { state.withLock { $0.serving } }

    var numbers: [Int] { state.withLock { $0.generations.keys.sorted() } }

    var isPaused: Bool {
        get { state.withLock { $0.isPaused } }
        set { state.withLock { $0.isPaused = newValue } }
    }

    /// A generation as it is now; `nil` when there is none of that number.
    func generation(_ number: Int) -> GenerationState? { state.withLock { $0.generations[number] } }

    /// - Throws: ``StoreError`` when there is none of that number.
    func existing(_ number: Int) throws -> GenerationState {
        guard let generation = generation(number) else { throw StoreError("there is no generation \(number)") }
        return generation
    }

    /// The generation that serves, as it is now.
    func servingGeneration() -> (number: Int, state: GenerationState)? {
        state.withLock { state in
            guard let number = state.serving, let generation = state.generations[number] else { return nil }
            return (number, generation)
        }
    }

    /// Adds a generation with a number that none has had.
    @discardableResult
    func add(_ generation: GenerationState) -> Int {
        state.withLock { state in
            state.lastNumber += 1
            state.generations[state.lastNumber] = generation
            return state.lastNumber
        }
    }

    /// Changes a generation, or nothing of it when `body` throws.
    ///
    /// - Throws: ``StoreError`` when there is none of that number, what `body` throws.
    func change<Value: Sendable>(_ number: Int, _ body: (inout GenerationState) throws -> Value) throws -> Value {
        try state.withLock { state in
            guard var generation = state.generations[number] else {
                throw StoreError("there is no generation \(number)")
            }
            let value = try body(&generation)
            state.generations[number] = generation
            return value
        }
    }

    func remove(_ number: Int) {
        state.withLock { state in
            state.generations[number] = nil
            if state.serving == number { state.serving = nil }
        }
    }

    // MARK: Which one serves

    /// Changes what a generation is to its read model, and so fences off everyone who takes it for something else. What
    /// was asked of a build, and why it was refused, ends with that.
    func setRole(_ role: GenerationRole, of number: Int) throws {
        try change(number) { $0.record = GenerationRecord(role: role) }
    }

    /// Lets a generation serve, in one step.
    func serve(_ number: Int) throws {
        try state.withLock { state in
            guard state.generations[number] != nil else { throw StoreError("there is no generation \(number)") }
            state.generations[number]?.record = GenerationRecord(role: .serving)
            state.serving = number
        }
    }

    /// Lets no generation serve, and fences off whoever posts to the one that did.
    func serveNothing() {
        state.withLock { state in
            if let present = state.serving { state.generations[present]?.record = GenerationRecord(role: .previous) }
            state.serving = nil
        }
    }
}
