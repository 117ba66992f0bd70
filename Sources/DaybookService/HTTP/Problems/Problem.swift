public import Daybook
public import DaybookAPI
public import HTTPTypes
public import Hummingbird

/// An error told to a client as `application/problem+json` (RFC 9457).
public struct Problem: HTTPResponseError, Sendable, Equatable {
    /// The status of the response.
    public let status: HTTPResponse.Status
    /// A stable name for programs. It becomes the type `urn:daybook:problem:<code>`.
    public let code: String?
    /// The kind of problem, the same every time.
    public let title: String
    /// The circumstances this time.
    public let detail: String?
    /// Further members of the document. They cannot replace the standard ones.
    public let members: [String: JSONData]
    /// Further headers of the response.
    public let headers: HTTPFields

    /// A problem of the interface.
    public init(
        code: ProblemCode, detail: String, members: [String: JSONData] = [:], headers: HTTPFields = [:]
    ) {
        self.init(
            HTTPResponse.Status(code.status), code: code.rawValue, detail: detail, members: members, headers: headers)
    }

    /// Any problem. Without a code its type is `about:blank`, without a title the status's own phrase is taken.
    public init(
        _ status: HTTPResponse.Status, code: String? = nil, title: String? = nil, detail: String? = nil,
        members: [String: JSONData] = [:], headers: HTTPFields = [:]
    ) {
        self.status = status
        self.code = code
        self.title = title ?? status.reasonPhrase
        self.detail = detail
        self.members = members
        self.headers = headers
    }

    /// The document in the response's body.
    public var document: ProblemDocument {
        ProblemDocument(status: status.code, code: code, title: title, detail: detail, members: members)
    }

    /// The response that tells the problem.
    public func response(from request: Request, context: some RequestContext) -> Response {
        response()
    }

    func response() -> Response {
        var headers = headers
        headers[.contentType] = APIMediaType.problem.rawValue
        let body = ResponseBody(byteBuffer: ByteBuffer(bytes: document.json.bytes))
        return Response(status: status, headers: headers, body: body)
    }
}
