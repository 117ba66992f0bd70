public import Daybook

/// An aggregate that does not keep what every aggregate must, and the commands that show it.
public struct BrokenProperty: Error, Sendable, CustomStringConvertible {
    public let description: String
}

/// Lets an aggregate decide on random sequences of commands, and checks after each command what every aggregate must
/// keep:
///
/// - deciding is pure: the same command on the same state gives the same events or the same failure;
/// - events survive being stored: what is decoded from the stored form folds to the same state;
/// - the state survives being kept: it is the same after it was written as JSON and read again;
/// - a fold from the beginning gives the state that was reached step by step.
///
/// - Parameters:
///   - sequences: How many sequences of 1 to `longest` commands.
///   - seed: Gives the same sequences again.
///   - command: Makes a random command. Let it make many that are refused, too.
/// - Throws: ``BrokenProperty`` with the seed and the commands.
public func verifyProperties<Subject: Aggregate & Equatable>(
    of subject: Subject.Type, sequences: Int = 10_000, longest: Int = 20, seed: UInt64 = .random(in: 0...UInt64.max),
    command: (inout SeededGenerator) -> Subject.Command
) throws {
    for sequence in 0..<UInt64(sequences) {
        var random = SeededGenerator(seed: seed &+ sequence)
        let commands = (0..<Int.random(in: 1...longest, using: &random)).map { _ in command(&random) }
        do { try verify(Subject.self, commands) } catch {
            let list = commands.map { "  \($0)" }.joined(separator: "\n")
            throw BrokenProperty(description: "\(error) (seed \(seed &+ sequence), one sequence)\n\(list)")
        }
    }
}

private func verify<Subject: Aggregate & Equatable>(_ subject: Subject.Type, _ commands: [Subject.Command]) throws {
    let codec = EventCodec<Subject>()
    var state = Subject()
    var stored: [StoredEvent] = []
    for (index, command) in commands.enumerated() {
        func broken(_ what: String) -> BrokenProperty { BrokenProperty(description: "command \(index + 1): \(what)") }
        let (first, second) = (decision(of: state, on: command), decision(of: state, on: command))
        guard try JSON.encode(first) == JSON.encode(second) else {
            throw broken("decided twice, it gave\n  \(first)\n  \(second)")
        }
        for event in first.events {
            state.apply(event)
            let new = try codec.encode(event, metadata: [], occurredAt: Timestamp(microseconds: 0))
            stored.append(
                StoredEvent(
                    position: 1, id: new.id, stream: try StreamName(category: Subject.category, id: "1"),
                    version: StreamVersion(rawValue: Int64(stored.count + 1)), type: new.type,
                    schemaVersion: new.schemaVersion, occurredAt: new.occurredAt, recordedAt: new.occurredAt,
                    data: new.data, metadata: [], hash: .genesis))
        }
        var folded = Subject()
        for event in stored { for decoded in try codec.decode(event) { folded.apply(decoded) } }
        guard folded == state else { throw broken("its stored events fold to\n  \(folded)\nand not to\n  \(state)") }
        let kept = try JSON.decode(Subject.self, from: JSON.encode(state))
        guard kept == state else { throw broken("kept and read again it is\n  \(kept)\nand not\n  \(state)") }
    }
}

/// The decision of an aggregate, so that it can be compared.
private struct Decision<Subject: Aggregate>: Encodable {
    var events: [Subject.Event] = []
    var failure: Subject.Failure?
}

private func decision<Subject: Aggregate>(of state: Subject, on command: Subject.Command) -> Decision<Subject> {
    do { return Decision(events: try state.handle(command)) } catch { return Decision(failure: error) }
}

/// Random numbers that come again with the same seed (SplitMix64).
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
