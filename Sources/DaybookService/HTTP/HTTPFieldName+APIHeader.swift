package import DaybookAPI
package import HTTPTypes

extension HTTPField.Name {
    /// The name of a header of the interface; all of them can be one.
    package init?(of header: APIHeader) { self.init(header.rawValue) }
}
