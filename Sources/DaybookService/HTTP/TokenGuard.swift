public import Hummingbird

/// Lets through only requests that carry the bearer token, and those for `/health/`.
public struct TokenGuard<Context: RequestContext>: RouterMiddleware {
    private let token: [UInt8]

    /// A guard for this token.
    public init(token: String) {
        self.token = Array(token.utf8)
    }

    /// Answers with what comes from behind.
    ///
    /// - Throws: `Problem` 401 with code `unauthorized`.
    public func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        // Whoever watches over the process need not know the token.
        if !request.uri.path.hasPrefix("/health/") && !carriesToken(request) {
            throw Problem(
                .unauthorized, code: "unauthorized", detail: "a valid bearer token is required",
                headers: [.wwwAuthenticate: "Bearer"])
        }
        return try await next(request, context)
    }

    private func carriesToken(_ request: Request) -> Bool {
        guard let header = request.headers[.authorization] else { return false }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return false }
        return isEqualInConstantTime(Array(parts[1].utf8), token)
    }
}

/// Compares without stopping at the first difference, so that timing does not tell how much was right.
func isEqualInConstantTime(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    return zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
}
