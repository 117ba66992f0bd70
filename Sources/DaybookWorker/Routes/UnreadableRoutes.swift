import Daybook
import DaybookAPI
import DaybookService
import Hummingbird

/// The operations on the messages that a projection or a reaction keeps because they could not be read.
struct UnreadableRoutes<Host: Operated>: Sendable {
    let host: Host

    func add(to router: Router<BasicRequestContext>) {
        router.serve(WorkerAPI.unreadableMessages, of: host.name) { _, _ in
            try await looked { messages in
                guard let (found, dropped) = try await messages?.list() else { return UnreadableResponse() }
                return UnreadableResponse(unreadable: found.map { UnreadableMessageReport($0) }, dropped: dropped)
            }
        }
        router.serve(WorkerAPI.unreadableMessage, of: host.name) { _, context in
            let id = try context.parameters.require("id")
            return try await looked { messages in
                guard let number = Int64(id), let message = try await messages?.message(number) else {
                    throw Self.notKept(id)
                }
                return UnreadableMessageReport(message)
            }
        }
        router.serve(WorkerAPI.dropUnreadableMessages, of: host.name) { request, _ in
            try await request.requireEmptyBody()
            return try await looked { try await DroppedResponse(dropped: $0?.drop(nil) ?? 0) }
        }
        router.serve(WorkerAPI.dropUnreadableMessage, of: host.name) { request, context in
            try await request.requireEmptyBody()
            let id = try context.parameters.require("id")
            return try await looked { messages in
                guard let number = Int64(id), let count = try await messages?.drop(number), count > 0 else {
                    throw Self.notKept(id)
                }
                return DroppedResponse(dropped: count)
            }
        }
    }

    private static func notKept(_ id: String) -> Problem {
        Problem(code: .notKept, detail: "no unreadable message \(id) is kept")
    }

    private func looked(
        _ body: ((any UnreadableMessageStore)?) async throws -> some APIDocument
    ) async throws -> Response {
        try await answered { try Response.document(try await body(host.unreadableMessages())) }
    }
}
