import Daybook
import DaybookAPI
import DaybookService
import HTTPTypes

/// Carries out commands and answers as the HTTP interface does, whichever way they come.
struct CommandExecution: Sendable {
    let source: Source
    let epoch: Epoch

    /// Carries out a command.
    ///
    /// - Throws: `Problem`, also when the domain refuses; another error for what is none of the client's business.
    func response(
        to request: CommandRequest, by handler: CommandHandler.Served
    ) async throws -> CommandResponse {
        guard request.body.beginsObject else {
            throw Problem(code: .malformedBody, detail: "the body must be a JSON object")
        }
        do {
            return try response(for: await handler.execute(request))
        } catch {
            throw CommandProblem.translate(error)
        }
    }

    private func response(for answer: CommandAnswer) throws -> CommandResponse {
        if let refusal = answer.refusal {
            throw Problem(
                .unprocessableContent, code: refusal.code, detail: refusal.message, members: refusal.members)
        }
        let token = answer.published.map { WriteToken(source: source, epoch: epoch, place: $0).description }
        return CommandResponse(
            id: StreamName(stored: answer.stream).id, version: answer.version, position: answer.position, token: token)
    }
}

extension [UInt8] {
    /// `true` when the first character that is no space begins a JSON object.
    var beginsObject: Bool { first { !$0.isJSONSpace } == UInt8(ascii: "{") }

    /// `true` when there is nothing but spaces.
    var isBlank: Bool { allSatisfy(\.isJSONSpace) }
}

extension UInt8 {
    fileprivate var isJSONSpace: Bool { [0x20, 0x09, 0x0a, 0x0d].contains(self) }
}
