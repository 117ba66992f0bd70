/// The description of a query: where it is found, and what it may be asked with.
///
/// What answers it reads rows, and so belongs to one kind of read model.
public protocol QueryDescription: Sendable {
    /// The place where it is found; `{name}` stands for a parameter: `users/{id}`.
    var path: String { get }

    /// What it answers, in a sentence.
    var summary: String { get }

    /// What it may be asked with besides the parameters of its path. Anything else is refused.
    var parameters: [QueryParameter] { get }
}
