import Daybook
package import DaybookAPI
package import HTTPTypes
package import Hummingbird

extension Response {
    /// A response with a document of the interface.
    ///
    /// - Throws: `EncodingError`.
    package static func document(
        _ document: some APIDocument, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) throws -> Response {
        json(bytes: try JSON.encode(document), status: status, headers: headers)
    }

    /// A response with JSON that is encoded already.
    package static func json(
        bytes: [UInt8], status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) -> Response {
        var headers = headers
        headers[.contentType] = APIMediaType.json.rawValue
        return Response(
            status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
