import Daybook

/// A command of a batch that can be carried out.
struct BatchItem: Sendable {
    let line: BatchLine
    let stream: StreamName
    let request: CommandRequest
    let handler: CommandHandler.Served
}
