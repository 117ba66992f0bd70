public import Daybook
package import DaybookAPI
import Foundation
public import Hummingbird

/// The query parameters that routes take, by template: `/v1/streams/{stream}`. Only GET and HEAD take any.
public typealias RouteParameters = [String: [QueryParameter]]

extension RouteParameters {
    /// The parameters of these operations.
    package init(_ operations: [DaybookAPI.Operation]) {
        let known = operations.filter { !$0.parameters.isEmpty }.map { ($0.path, $0.parameters) }
        self.init(known) { first, _ in first }
    }
}

/// Refuses query parameters that the route does not take, before it does anything: one that is misspelt would
/// otherwise be dropped in silence. A route that is not listed takes none.
package struct ParameterGuard: RequestGuard {
    private let parameters: RouteParameters

    package init(_ parameters: RouteParameters) {
        self.parameters = parameters
    }

    /// - Throws: What ``Hummingbird/Request/parameters(_:path:)`` throws.
    package func check(_ request: Request, for route: String?) throws {
        guard request.uri.query != nil, let route else { return }
        let takesAny = request.method == .get || request.method == .head
        _ = try request.parameters(takesAny ? parameters[route] ?? [] : [])
    }
}

extension Request {
    /// The parameters of the query, percent-decoded once.
    ///
    /// - Parameters:
    ///   - declared: The parameters that the route takes.
    ///   - path: The values of those in its path, by name.
    /// - Throws: `QueryError` with code `unknown-parameter`, or `invalid-parameter` at a value that the parameter
    ///   cannot have, a parameter that is given more often than it may be, or text that cannot be decoded.
    public func parameters(
        _ declared: [QueryParameter], path: [String: String] = [:]
    ) throws(QueryError) -> QueryParameters {
        var given: [(name: String, value: String)] = []
        for part in (uri.query ?? "").split(separator: "&") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = pair[0].removingPercentEncoding,
                let value = (pair.count > 1 ? pair[1] : "").removingPercentEncoding
            else { throw QueryError("the query's percent-encoding is not that of UTF-8") }
            given.append((name: name, value: value))
        }
        return try QueryParameters(pairs: given, of: declared, path: path)
    }
}
