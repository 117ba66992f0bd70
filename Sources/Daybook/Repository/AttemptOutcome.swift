/// The end of one attempt to execute a command.
enum AttemptOutcome<Subject: Aggregate> {
    /// The store has appended the decided events to the stream, which was at version `before`.
    case accepted(CommandAnswer, before: StreamVersion, folded: Loaded<Subject>)
    /// The domain decided on no events.
    case unchanged(CommandAnswer, on: Loaded<Subject>)
    /// The domain refused the command.
    case refused(CommandAnswer, on: Loaded<Subject>)
    /// The same command was answered before, and nothing happened now.
    case repeated(CommandAnswer)
    /// The stream is at a version that the caller does not expect: another attempt is of no use.
    case unexpected(AppendError)
    /// Memory was behind the store. The next attempt decides on this aggregate.
    case outdated(Loaded<Subject>)
    /// Another command has appended to the stream. The next attempt loads the aggregate again.
    case overtaken(AppendError)
    /// Others may hold these tags. The next attempt looks at who does.
    case disputed([Tag], AppendError)
}
