import DaybookAPI
import DaybookClient

extension DaybookClientError {
    /// The status that the tool exits with.
    var exitStatus: ExitStatus {
        switch self {
        case .problem(let problem, _): ExitStatus(httpStatus: problem.status)
        case .unreachable: .unavailable
        case .unexpectedResponse: .failure
        case .invalidEndpoint: .configuration
        case .invalidRequest: .usage
        }
    }
}
