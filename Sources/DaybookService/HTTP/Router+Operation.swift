package import DaybookAPI
import HTTPTypes
package import Hummingbird

extension Router {
    /// Serves an operation of the interface under its method and its path. The query parameters that it takes are made
    /// known beside that, see ``RouteParameters``.
    package func serve(
        _ operation: DaybookAPI.Operation,
        by handler: @escaping @Sendable (Request, Context) async throws -> Response
    ) {
        on(RouterPath(operation.path), method: HTTPRequest.Method(operation.method), use: handler)
    }
}

extension HTTPRequest.Method {
    fileprivate init(_ method: DaybookAPI.Operation.Method) {
        self =
            switch method {
            case .get: .get
            case .post: .post
            case .delete: .delete
            }
    }
}
