import Daybook
import DaybookAPI
import DaybookService
import HTTPTypes
import Hummingbird
import Logging
import ServiceLifecycle

/// A batch on its way: lines are read while there is room for them, their commands are carried out, and the responses
/// are written as they come.
///
/// What was begun is finished, also when the client goes or the writer stops. Nothing is begun after that.
struct BatchRun: Sendable {
    let parser: BatchParser
    let execution: CommandExecution
    let metrics: BatchMetrics
    let logger: Logger

    private let window = BatchWindow()

    init(parser: BatchParser, execution: CommandExecution, metrics: BatchMetrics, logger: Logger) {
        self.parser = parser
        self.execution = execution
        self.metrics = metrics
        self.logger = logger
    }

    /// Carries out the commands in the lines of a request, and writes a response to each.
    ///
    /// - Throws: What writing throws, `CancellationError`.
    func run(_ request: RequestBody, respondingTo writer: inout any ResponseBodyWriter) async throws {
        let failure: (any Error)? = await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { commands -> (any Error)? in
                do {
                    try await conduct(request, in: &commands, respondingTo: &writer)
                    return nil
                } catch {
                    return error
                }
            }
        } onGracefulShutdown: {
            stop(.shuttingDown, because: "the writer is stopping")
        }
        if let failure { throw failure }
        try await writer.finish(nil)
    }

    private func conduct(
        _ request: RequestBody, in commands: inout DiscardingTaskGroup,
        respondingTo writer: inout any ResponseBodyWriter
    ) async throws {
        async let reading: Void = read(request)
        // Where nobody takes the responses, the reading is cancelled after this, and the commands that run are not.
        defer { window.stop { _ in [] } }
        for await _ in window.arrivals() {
            let work = window.takeWork()
            for item in work.commands { commands.addTask { await carryOut(from: item) } }
            if !work.responses.isEmpty {
                try await writer.write(ByteBuffer(bytes: work.responses))
                window.giveBack(work.load)
            }
            if window.isDone { break }
        }
        guard window.isDone else { throw CancellationError() }
        if !window.isStopped { await reading }
    }

    // MARK: Reading

    private func read(_ request: RequestBody) async {
        var lines = BoundedLines(limit: CommandRoutes.bodyLimit)
        var pieces = request.makeAsyncIterator()
        var number = 0
        do {
            while await window.waitForRoom() {
                var next = lines.next()
                while next == nil, let piece = try await pieces.next() {
                    lines.append(piece.readableBytesView)
                    next = lines.next()
                }
                guard let line = next ?? lines.finish() else { return window.end() }
                number += 1
                take(line, number: number)
            }
        } catch is CancellationError {
            // Whoever has cancelled it knows.
        } catch {
            // Most likely the client is gone.
            stop(.unreadableBody, because: "the body could not be read to its end")
        }
    }

    private func take(_ line: BoundedLines.Line, number: Int) {
        guard case .whole(let bytes) = line else {
            let limit = CommandRoutes.bodyLimit
            let problem = Problem(
                code: .bodyTooLarge, detail: "a line may have at most \(limit) bytes",
                members: ["limit": .number(String(limit))])
            let place = BatchLine(number: number, size: 0)
            return window.add(place, answeredBy: refusal(of: place, problem))
        }
        if bytes.isBlank { return }
        var place = BatchLine(number: number, size: bytes.count)
        do {
            let item = try parser.item(from: bytes, line: &place)
            window.add(item)
        } catch {
            window.add(place, answeredBy: response(to: place, refusedWith: error))
        }
    }

    // MARK: Carrying out

    /// Carries out a command and those to the same stream that came behind it.
    private func carryOut(from first: BatchItem) async {
        var next: BatchItem? = first
        while let item = next { next = window.finish(item, with: await response(to: item)) }
    }

    private func response(to item: BatchItem) async -> [UInt8] {
        let start = ContinuousClock.now
        defer { metrics.record(ContinuousClock.now - start) }
        do {
            let response = try await execution.response(to: item.request, by: item.handler)
            metrics.count(status: HTTPResponse.Status.ok.code)
            return Self.line(BatchResult(line: item.line.number, ref: item.line.ref, response: response))
        } catch {
            return response(to: item.line, refusedWith: error)
        }
    }

    private func response(to line: BatchLine, refusedWith error: any Error) -> [UInt8] {
        let error = CommandProblem.translate(error)
        if let problem = Problem(telling: error) { return refusal(of: line, problem) }
        logger.error(
            "a command of a batch failed", metadata: ["error": "\(error)", "line": "\(line.number)"])
        return refusal(of: line, .internalError)
    }

    private func refusal(of line: BatchLine, _ problem: Problem) -> [UInt8] {
        metrics.count(status: problem.status.code)
        return Self.line(BatchProblem(problem, of: line))
    }

    /// Begins no further command. Each that was read is told so, and the last line tells it of the rest.
    private func stop(_ code: ProblemCode, because reason: String) {
        let unbegun = Problem(code: code, detail: "\(reason): this was not begun")
        let closing = Problem(code: code, detail: "\(reason): lines without a response were not begun")
        window.stop(closing: Self.line(BatchProblem(closing))) { item in refusal(of: item.line, unbegun) }
    }

    /// A line of the response. Numbers and texts can always be written.
    private static func line(_ response: some APIDocument) -> [UInt8] {
        ((try? JSON.encode(response)) ?? []) + [UInt8(ascii: "\n")]
    }
}

extension BatchProblem {
    /// - Parameter line: `nil` for the last line of a response that ends early.
    fileprivate init(_ problem: Problem, of line: BatchLine? = nil) {
        self.init(
            line: line?.number, ref: line?.ref, status: problem.status.code,
            retryAfter: problem.headers[.retryAfter].flatMap { Int($0) }, problem: problem.document)
    }
}
