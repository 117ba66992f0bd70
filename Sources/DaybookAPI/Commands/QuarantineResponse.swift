/// The streams and commands that a writer has set aside, in the order of the streams.
public struct QuarantineResponse: APIDocument, Equatable {
    public var quarantined: [QuarantineEntry]

    public init(quarantined: [QuarantineEntry]) { self.quarantined = quarantined }

    public static let example = QuarantineResponse(quarantined: [.example])
}
