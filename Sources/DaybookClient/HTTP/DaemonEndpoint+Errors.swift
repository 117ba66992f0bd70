import Foundation
import NIOCore
import NIOPosix

extension DaemonEndpoint {
    /// The error that callers see for one of the HTTP client. An error of this module, or a cancellation, stays as it
    /// is.
    func clientError(for error: any Error) -> any Error {
        switch error {
        case is CancellationError, is DaybookClientError: error
        case _ where Task.isCancelled: CancellationError()
        case is NIOTooManyBytesError: unexpectedResponse("it is too long")
        default: DaybookClientError.unreachable(daemon: description, reason: Self.reason(of: error))
        }
    }

    /// The part of a network error that means something to an operator.
    private static func reason(of error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError: error.connectionErrors.first.map { reason(of: $0.error) } ?? "\(error)"
        case let error as IOError: String(cString: strerror(error.errnoCode))
        default: String(describing: error)
        }
    }
}
