/// The description of a command.
public struct CommandDescription<Command: Codable & Sendable>: Sendable {
    /// A command in which every field has a value.
    public var example: Command
    /// The request in a sentence.
    public var text: String

    /// A description of the command that `example` is one of.
    public init(_ example: Command, _ text: String) {
        self.example = example
        self.text = text
    }
}
