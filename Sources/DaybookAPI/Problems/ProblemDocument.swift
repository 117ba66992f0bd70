public import Daybook

/// An error told to a client (RFC 9457). Besides the five members that it always may have, it has those that the
/// problem brings, such as the values of a domain's refusal.
public struct ProblemDocument: APIDocument, Equatable {
    /// `urn:daybook:problem:` and the code, or `about:blank`.
    public var type: String
    /// The kind of problem, the same every time.
    public var title: String
    /// The status of the response.
    public var status: Int
    /// The problem as it is this time.
    public var detail: String?
    /// A stable name for programs; `nil` for an error of the HTTP framework itself.
    public var code: String?
    /// Further members, by name. They do not replace the others.
    public var members: [String: JSONData]

    /// A problem. Its type follows from the code.
    public init(
        status: Int, code: String? = nil, title: String, detail: String? = nil, members: [String: JSONData] = [:]
    ) {
        type = code.map { "urn:daybook:problem:\($0)" } ?? "about:blank"
        self.title = title
        self.status = status
        self.detail = detail
        self.code = code
        self.members = members
    }

    /// The whole document.
    public var json: JSONData {
        var document = members
        document["type"] = .text(type)
        document["title"] = .text(title)
        document["status"] = .number(String(status))
        document["detail"] = detail.map { JSONData.text($0) }
        document["code"] = code.map { JSONData.text($0) }
        return .object(document)
    }

    public static let example = ProblemDocument(
        status: 409, code: ProblemCode.conflict.rawValue, title: "Conflict",
        detail: "user-ada is changed by too many at once: try again")

    // MARK: Coding

    private enum CodingKeys: String, CodingKey { case type, title, status, detail, code }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        type = try container.decode(String.self, forKey: .type)
        title = try container.decode(String.self, forKey: .title)
        status = try container.decode(Int.self, forKey: .status)
        detail = try container.decodeIfPresent(String.self, forKey: .detail)
        code = try container.decodeIfPresent(String.self, forKey: .code)
        let all = try decoder.singleValueContainer().decode([String: JSONData].self)
        members = all.filter { CodingKeys(rawValue: $0.key) == nil }
    }

    public func encode(to encoder: any Encoder) throws { try json.encode(to: encoder) }
}
