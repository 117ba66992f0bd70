import Daybook

/// The decision about one request, made before anything of it is written.
enum AppendPlan: Sendable {
    /// It was answered before: the answer is given again.
    case answer(CommandAnswer)
    /// It is to be written, its personal data sealed, to a stream; `nil` when there is no such stream yet.
    case write(AppendRequest, to: AppendCursor.Stream?)
}
