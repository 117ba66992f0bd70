import ArgumentParser
import Daybook
import NIOHTTP1

/// `daybook forget`
struct ForgetCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget", abstract: "Destroys the personal data of a stream, for good.",
        discussion: """
            The writer destroys the key under which they are stored, so that the events stay, and the proof of their \
            history, but nobody can read the data any more. Then it is seen that every read model has dropped what it \
            had. What remains somewhere is listed, and exits with 75; say it again once that is removed.
            """)

    @OptionGroup var global: GlobalOptions

    @Argument(help: ArgumentHelp("The stream, such as user-ada.", valueName: "stream"))
    var stream: String

    @Option(help: ArgumentHelp("How long to wait for the read models.", valueName: "seconds"))
    var wait = 30

    func validate() throws {
        do { _ = try StreamName(stream) } catch { throw ValidationError("\(error)") }
        guard wait >= 0 else { throw ValidationError("--wait takes seconds, 0 or more.") }
    }

    func run(_ daemons: Daemons, _ session: HTTPSession) async throws {
        let name = try StreamName(stream)
        let path = Call.path(name.category.description, name.id, "personal-data")
        let answer = try await session.text(Call(path: path, method: .DELETE), at: daemons.writer)
        let forgotten = try Forgotten.read(answer, from: daemons.writer)
        var remains = forgotten.remains
        for worker in daemons.workers { remains += await self.remains(at: worker, forgotten.token, session) }
        try show(name, forgotten, remains)
        if !remains.isEmpty { throw ExitCode(ExitStatus.conflict.rawValue) }
    }

    /// What a worker still has, once its read models have come to where the writer told of it.
    private func remains(at worker: Endpoint, _ token: String?, _ session: HTTPSession) async -> [String] {
        let end = ContinuousClock.now + .seconds(wait)
        do {
            while true {
                let text = try await session.text(Call(path: "/v1/projections"), at: worker)
                let projections = try ProjectionReport.read(text, from: worker).projections
                let behind = projections.filter { $0.isBehind(token.flatMap { WriteToken($0) }) }
                if behind.isEmpty || ContinuousClock.now > end {
                    return behind.map { "\($0.projection) has not come to it yet" } + projections.flatMap(\.frozen)
                }
                try await Task.sleep(for: .milliseconds(100))
            }
        } catch {
            return ["worker \(worker.name) could not be asked: \(error)"]
        }
    }

    private func show(_ stream: StreamName, _ forgotten: Forgotten, _ remains: [String]) throws {
        if global.json {
            let report = JSON.object([
                "stream": .string(stream.description), "version": .integer(forgotten.version),
                "unreadableEvents": .integer(forgotten.store.unreadableEvents),
                "remains": .array(remains.map { .string($0) }),
            ])
            return try Terminal.print(report.text())
        }
        let events = forgotten.store.unreadableEvents
        let line = "\(stream)  version \(forgotten.version)  \(events) events that nobody can read any more"
        try Terminal.print(printable(line))
        for line in remains { try Terminal.print(printable("  remains: \(line)")) }
    }
}

/// What the writer answers.
private struct Forgotten: Decodable {
    struct Store: Decodable {
        let unreadableEvents: Int
        let plainEvents: Int
        let isLogEmptied: Bool
    }

    let version: Int
    let token: String?
    let store: Store

    var remains: [String] {
        var remains: [String] = []
        if store.plainEvents > 0 {
            remains.append("\(store.plainEvents) events of the store are from before it had a key file")
        }
        if !store.isLogEmptied { remains.append("the store's write-ahead log, which a reader holds") }
        if token == nil { remains.append("whatever read models have: the domain publishes nothing of it") }
        return remains
    }
}

extension ProjectionStatus {
    /// Whether it has yet to post what a token stands for.
    fileprivate func isBehind(_ token: WriteToken?) -> Bool {
        guard let token else { return false }
        return (lanes ?? []).contains { lane in
            lane.source == token.source.description && lane.partition?.index == token.place.partition.index
                && (Int64(lane.checkpoint ?? 0) < token.place.offset.rawValue || lane.epoch != token.epoch.description)
        }
    }

    /// Generations to which nobody posts any more, so that they keep what they have.
    fileprivate var frozen: [String] {
        (generations ?? []).filter { $0.isFed == false }.map {
            "generation \($0.number) of \(projection), which is frozen: daybook projections drop \(projection)"
        }
    }
}
