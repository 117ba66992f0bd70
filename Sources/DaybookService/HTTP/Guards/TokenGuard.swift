import DaybookAPI
import Hummingbird

/// Lets through only requests that carry the bearer token, and those for `/health/`.
struct TokenGuard: RequestGuard {
    private let token: [UInt8]

    init(token: String) {
        self.token = Array(token.utf8)
    }

    /// - Throws: `Problem` 401 with code `unauthorized`.
    func check(_ request: Request, for route: String?) throws {
        // Whoever watches over the process need not know the token.
        if !request.uri.path.hasPrefix("/health/") && !carriesToken(request) {
            throw Problem(
                code: .unauthorized, detail: "a valid bearer token is required",
                headers: [.wwwAuthenticate: "Bearer"])
        }
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
