import DaybookAPI

/// The refusal of what an operator asked for and cannot have now.
struct OperationRefused: Error {
    let code: ProblemCode
    let detail: String
}
