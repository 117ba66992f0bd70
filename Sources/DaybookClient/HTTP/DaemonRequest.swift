import AsyncHTTPClient
import DaybookAPI
import Foundation
import NIOCore
import NIOHTTP1

/// A request to a daemon, without what all requests have in common.
struct DaemonRequest: Sendable {
    let method: HTTPMethod
    /// The path and the query, percent-encoded.
    let target: String
    let accept: APIMediaType
    let headers: [APIHeader: String]
    /// A JSON object.
    let body: [UInt8]?
    /// JSON objects, one a line, in the place of a body.
    let lines: HTTPClientRequest.Body?
    /// `true` when a name in the path is empty. Such a path leads nowhere, or elsewhere.
    private let hasEmptyName: Bool

    /// A request for an operation of the interface.
    ///
    /// - Parameters:
    ///   - names: The values of the parameters in its path.
    ///   - query: Names and values, in order. A parameter without a value is left out.
    ///   - method: Another method than that of the operation: HEAD is answered wherever GET is.
    init(
        _ operation: DaybookAPI.Operation, names: [String: String] = [:], query: [(String, String?)] = [],
        headers: [APIHeader: String] = [:], body: [UInt8]? = nil, lines: HTTPClientRequest.Body? = nil,
        accept: APIMediaType = .json, method: HTTPMethod? = nil
    ) {
        let path = operation.path.split(separator: "/").map { segment in
            segment.hasPrefix("{") ? names[String(segment.dropFirst().dropLast())] ?? "" : String(segment)
        }
        self.init(
            method ?? HTTPMethod(rawValue: operation.method.rawValue.uppercased()), path: path, query: query,
            headers: headers, body: body, lines: lines, accept: accept)
    }

    /// A request for a query that a domain defines.
    ///
    /// - Parameter path: The names in the path after `/v1`.
    init(query path: [String], parameters: [(String, String?)], headers: [APIHeader: String]) {
        let operation = WorkerAPI.query(path: "", summary: "", parameters: [])
        let root = operation.path.split(separator: "/").map { String($0) }
        self.init(.GET, path: root + path, query: parameters, headers: headers)
    }

    private init(
        _ method: HTTPMethod, path: [String], query: [(String, String?)], headers: [APIHeader: String],
        body: [UInt8]? = nil, lines: HTTPClientRequest.Body? = nil, accept: APIMediaType = .json
    ) {
        let root = path.reduce("") { "\($0)/\(Self.encoded($1))" }
        let parameters = query.compactMap { name, value in
            value.map { "\(Self.encoded(name))=\(Self.encoded($0))" }
        }
        self.method = method
        target = parameters.isEmpty ? root : "\(root)?\(parameters.joined(separator: "&"))"
        self.accept = accept
        self.headers = headers
        self.body = body
        self.lines = lines
        hasEmptyName = path.contains("")
    }

    /// The request as the HTTP client sends it.
    ///
    /// - Throws: ``DaybookClientError/invalidRequest(reason:)``.
    func prepared(for endpoint: DaemonEndpoint) throws(DaybookClientError) -> HTTPClientRequest {
        guard !hasEmptyName else { throw .invalidRequest(reason: "\(target): a name in the path is empty") }
        var request = HTTPClientRequest(url: endpoint.url + target)
        request.method = method
        request.headers.add(name: "Accept", value: accept.rawValue)
        for (header, value) in headers {
            guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
                throw .invalidRequest(reason: "\(header.rawValue): a header has no control characters")
            }
            request.headers.add(name: header.rawValue, value: value)
        }
        if let token = endpoint.token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let body {
            request.headers.add(name: "Content-Type", value: APIMediaType.json.rawValue)
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        if let lines {
            request.headers.add(name: "Content-Type", value: APIMediaType.lines.rawValue)
            request.body = lines
        }
        return request
    }

    /// The text with everything percent-encoded that could mean something in a path or a query.
    private static func encoded(_ text: String) -> String {
        let plain = CharacterSet.alphanumerics.intersection(CharacterSet(charactersIn: "\u{0}"..."\u{7F}"))
            .union(CharacterSet(charactersIn: "-._~"))
        return text.addingPercentEncoding(withAllowedCharacters: plain) ?? ""
    }
}
