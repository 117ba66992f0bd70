package import DaybookAPI
import HTTPTypes
package import Hummingbird

extension Request {
    /// Refuses a body of another media type, and one that does not say of which it is. Parameters mean nothing.
    ///
    /// - Throws: `Problem` 415 with code `unsupported-media-type`.
    package func requireBody(of type: APIMediaType) throws {
        let given = headers[.contentType]?.prefix { $0 != ";" }.lowercased().filter { $0 != " " && $0 != "\t" }
        guard given == type.rawValue else {
            throw Problem(
                code: .unsupportedMediaType, detail: "the body must be \(type.rawValue), as Content-Type has to say",
                headers: [.accept: type.rawValue])
        }
    }
}
