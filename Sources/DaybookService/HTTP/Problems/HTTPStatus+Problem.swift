import DaybookAPI
import HTTPTypes

extension HTTPResponse.Status {
    /// The status of a problem, with its phrase.
    init(_ status: ProblemStatus) {
        self =
            switch status {
            case .badRequest: .badRequest
            case .unauthorized: .unauthorized
            case .forbidden: .forbidden
            case .notFound: .notFound
            case .methodNotAllowed: .methodNotAllowed
            case .conflict: .conflict
            case .gone: .gone
            case .preconditionFailed: .preconditionFailed
            case .contentTooLarge: .contentTooLarge
            case .unsupportedMediaType: .unsupportedMediaType
            case .unprocessableContent: .unprocessableContent
            case .internalServerError: .internalServerError
            case .serviceUnavailable: .serviceUnavailable
            }
    }
}
