import Daybook

/// The lines of a batch that were read and have no response yet. Commands to one stream are carried out one after the
/// other, in the order of their lines; those to different streams at the same time.
struct BatchState: Sendable {
    /// Lines that may be held: as many commands are carried out at the same time, at most.
    static let lineLimit = 64
    /// Bytes of held lines after which no further one is read. The last one may be beyond it.
    static let byteLimit = 1 << 20

    /// Lines, and the bytes that they have.
    struct Load: Sendable, Equatable {
        var lines = 0
        var bytes = 0

        mutating func add(_ line: BatchLine) {
            lines += 1
            bytes += line.size
        }

        static func - (left: Load, right: Load) -> Load {
            Load(lines: left.lines - right.lines, bytes: left.bytes - right.bytes)
        }
    }

    /// The work to be done next.
    struct Work: Sendable {
        /// Commands to begin, each to another stream.
        var commands: [BatchItem] = []
        /// Lines of the response to write.
        var responses: [UInt8] = []
        /// The lines of the request that they answer: to be given back once they are written.
        var load = Load()
    }

    private var held = Load()
    /// The streams to which a command is begun or to be begun, each with the commands behind that one.
    private var queues: [StreamName: [BatchItem]] = [:]
    private var work = Work()
    private var isReading = true
    /// The last line of the response, which answers none of the request; empty when there is none.
    private var closing: [UInt8] = []
    /// `true` when lines that were read may have been left undone.
    private(set) var isStopped = false

    /// `true` when another line may be read, `false` when none is to be read any more, `nil` while there is no room.
    var wantsLine: Bool? {
        guard isReading else { return false }
        return held.lines < Self.lineLimit && held.bytes < Self.byteLimit ? true : nil
    }

    /// `true` when all lines are read, and all responses written.
    var isDone: Bool { !isReading && queues.isEmpty && work.responses.isEmpty && closing.isEmpty }

    // MARK: Reading

    /// Takes a command that was read. After a stop it is dropped.
    mutating func add(_ item: BatchItem) {
        guard isReading else { return }
        held.add(item.line)
        if queues[item.stream] == nil {
            queues[item.stream] = []
            work.commands.append(item)
        } else {
            queues[item.stream]?.append(item)
        }
    }

    /// Takes a line that was read, with the response to it: there is nothing to carry out. After a stop it is dropped.
    mutating func add(_ line: BatchLine, answeredBy response: [UInt8]) {
        guard isReading else { return }
        held.add(line)
        answer(line, with: response)
    }

    /// Takes the end of the request.
    ///
    /// - Parameter closing: The last line of the response, where the request was not read to its end.
    mutating func end(closing: [UInt8] = []) {
        guard isReading else { return }
        isReading = false
        self.closing = closing
    }

    /// Begins no further command, and reads no further line.
    ///
    /// - Parameters:
    ///   - closing: The last line of the response, where there may be more in the request.
    ///   - response: The response to a command that was read and is not begun.
    mutating func stop(closing: [UInt8] = [], respond response: (BatchItem) -> [UInt8]) {
        let behind = queues.values.joined()
        let unbegun = (work.commands + behind).sorted { $0.line.number < $1.line.number }
        for item in work.commands { queues[item.stream] = nil }
        work.commands = []
        queues = queues.mapValues { _ in [] }
        for item in unbegun { answer(item.line, with: response(item)) }
        end(closing: closing)
        isStopped = true
    }

    // MARK: Carrying out and writing

    /// Takes the response to a command that was begun.
    ///
    /// - Returns: The next command to the same stream, to be begun now.
    mutating func finish(_ item: BatchItem, with response: [UInt8]) -> BatchItem? {
        answer(item.line, with: response)
        guard queues[item.stream]?.isEmpty == false else {
            queues[item.stream] = nil
            return nil
        }
        return queues[item.stream]?.removeFirst()
    }

    private mutating func answer(_ line: BatchLine, with response: [UInt8]) {
        work.responses += response
        work.load.add(line)
    }

    /// Hands out what is to be done. The last line comes after all others.
    mutating func takeWork() -> Work {
        if !isReading && queues.isEmpty {
            work.responses += closing
            closing = []
        }
        defer { work = Work() }
        return work
    }

    /// Makes room for as many lines as have a response that is written.
    mutating func giveBack(_ load: Load) { held = held - load }
}
