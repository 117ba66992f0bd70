import Daybook
import DaybookAPI
import DaybookService
import HTTPTypes
import Hummingbird

extension Response {
    private static let epochHeader = HTTPField.Name(of: .epoch)
    private static let headHeader = HTTPField.Name(of: .head)
    private static let nextHeader = HTTPField.Name(of: .next)

    /// A response with a document on each line.
    static func lines(_ body: ResponseBody) -> Response {
        Response(status: .ok, headers: [.contentType: APIMediaType.lines.rawValue], body: body)
    }

    /// The response with the headers that say of which log it is, and where that ends.
    func naming(_ epoch: Epoch, head: some Counter) -> Response {
        var response = self
        if let name = Self.epochHeader { response.headers[name] = "\(epoch)" }
        if let name = Self.headHeader { response.headers[name] = "\(head)" }
        return response
    }

    /// The response with the header that says where the next page begins.
    func continued(at place: String) -> Response {
        var response = self
        if let name = Self.nextHeader { response.headers[name] = place }
        return response
    }
}
