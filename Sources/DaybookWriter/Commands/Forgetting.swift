import Daybook
import DaybookAPI
import DaybookService
import Hummingbird
import Logging

/// Destroys the key of an aggregate's personal data and removes what was made of them. The history stays, and so does
/// its proof.
struct Forgetting {
    let store: any WriterStore
    let source: Source

    func add(_ category: String, _ served: CommandHandler.Served, to router: Router<BasicRequestContext>) {
        router.serve(WriterAPI.forgetting(in: category)) { request, context in
            try await request.requireEmptyBody()
            let id = try context.pathParameter("id")
            do {
                let stream = try StreamName(category: StreamCategory(stringLiteral: category), id: id)
                if try await store.read(stream, after: .zero, limit: 1).isEmpty {
                    throw Problem(code: .notFound, detail: "there is no \(category) \(id)")
                }
                guard store.hasKeys else {
                    throw Problem(
                        code: .noKeyFile,
                        detail: "this writer stores personal data as they are: it has no key file (keys.path)")
                }
                let answer = try await forget(stream, served, CommandHeaders(request.headers).metadata())
                return try Response.document(answer, version: answer.version)
            } catch {
                throw CommandProblem.translate(error)
            }
        }
    }

    private func forget(
        _ stream: StreamName, _ served: CommandHandler.Served, _ metadata: EventMetadata
    ) async throws -> ForgettingResponse {
        try await store.beginForgetting(stream)
        let recorded = try await served.recordForgetting(stream.id, metadata)
        // Where it was recorded before, whoever asks again waits for the same place.
        let (report, place) = try await store.finishForgetting(
            stream, isPlain: served.hasPlainPersonalData, tags: served.tagsOfForgotten)
        let token = place.map { WriteToken(source: source, epoch: store.epoch, place: $0).description }
        return ForgettingResponse(id: stream.id, version: recorded.version, token: token, store: .init(report))
    }

    /// Finishes what was interrupted, and what a restored store or key file does not know of.
    func finishInterrupted(_ served: [StreamCategory: CommandHandler.Served], _ logger: Logger) async throws {
        for stream in try await store.unfinishedForgettings() {
            guard let served = served[stream.category] else { continue }
            do {
                _ = try await forget(stream, served, .new())
                logger.notice("forgotten, after it was interrupted", metadata: ["stream": "\(stream)"])
            } catch {
                logger.error(
                    "not wholly forgotten, tried again at the next start",
                    metadata: ["stream": "\(stream)", "error": "\(error)"])
            }
        }
    }
}

extension StoreForgettingReport {
    /// Shows what a store still has.
    init(_ report: ForgettingReport) {
        self.init(
            unreadableEvents: report.unreadableEvents, plainEvents: report.plainEvents,
            isLogEmptied: report.isLogEmptied)
    }
}
