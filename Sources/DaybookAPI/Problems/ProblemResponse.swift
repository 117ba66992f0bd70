/// The problems that requests are refused with under one status.
public struct ProblemResponse: Sendable, Equatable {
    /// `nil` for every other status.
    public let status: Int?
    /// The reason, with the codes that the problems may have.
    public let summary: String

    public static let all = reasons.map { ProblemResponse($0.status, $0.text) } + [others]

    /// The statuses that operations are described with, and what they mean.
    private static let reasons: [(status: ProblemStatus, text: String)] = [
        (.badRequest, "The request cannot be understood"), (.unauthorized, "The token is missing or wrong"),
        (.forbidden, "No token is needed, but the request is not from this machine"),
        (.notFound, "There is no such thing"), (.conflict, "Things are not as the request takes them to be"),
        (.gone, "The personal data of the stream were destroyed, and it takes no others"),
        (.preconditionFailed, "The stream is not what If-Match or If-None-Match says"),
        (.contentTooLarge, "The body, or an event made of it, is too large"),
        (.unsupportedMediaType, "The body is of another media type"),
        (.unprocessableContent, "The domain refuses, with a code of its own; or the writer does"),
        (.serviceUnavailable, "It cannot be done now"),
    ]

    private static let others = ProblemResponse(
        status: nil,
        summary: "Anything else: \(ProblemCode.methodNotAllowed.rawValue), \(ProblemCode.internalError.rawValue).")

    private init(_ status: ProblemStatus, _ text: String) {
        let codes = ProblemCode.allCases.filter { $0.status == status }.map(\.rawValue)
        self.init(status: status.rawValue, summary: "\(text): \(codes.joined(separator: ", ")).")
    }

    private init(status: Int?, summary: String) {
        self.status = status
        self.summary = summary
    }
}
