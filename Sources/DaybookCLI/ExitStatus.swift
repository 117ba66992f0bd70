/// What the tool's exit code says. Where there is one, the number is that of `sysexits.h`.
public enum ExitStatus: Int32, Sendable, CaseIterable {
    /// Everything was done.
    case success = 0
    /// Something failed that has no code of its own.
    case failure = 1
    /// The command line cannot be understood. Nothing was sent.
    case usage = 64
    /// The domain refused the command (422), or the request was malformed (400).
    case refused = 65
    /// What was asked for does not exist (404).
    case notFound = 66
    /// The daemon cannot be reached or is not available (503). A command may have been carried out all the same.
    case unavailable = 69
    /// What is stored is not as it was written.
    case damaged = 74
    /// Somebody else was faster (409, 412): look again, then try again. Also a build that was refused or given up, and
    /// an event that is still parked.
    case conflict = 75
    /// The code does not fit what is stored or published.
    case incompatible = 76
    /// The token is missing or does not allow it (401, 403).
    case notAllowed = 77
    /// The settings cannot be used. Nothing was sent.
    case configuration = 78

    /// What a status of HTTP that is no success means.
    init(httpStatus: Int) {
        self =
            switch httpStatus {
            case 400, 410, 422: .refused
            case 401, 403: .notAllowed
            case 404: .notFound
            case 409, 412: .conflict
            case 503: .unavailable
            default: .failure
            }
    }

    /// A line of help for every code.
    static var help: String {
        allCases.map { "  \($0.rawValue)\($0.rawValue < 10 ? " " : "")  \($0.summary)" }.joined(separator: "\n")
    }

    private var summary: String {
        switch self {
        case .success: "success"
        case .failure: "anything else"
        case .usage: "the command line cannot be understood"
        case .refused: "the domain refused the command, or the request was malformed"
        case .notFound: "not found"
        case .unavailable: "the daemon cannot be reached or is not available"
        case .damaged: "what is stored is not as it was written"
        case .conflict: "conflict: look again, then try again"
        case .incompatible: "the code does not fit what is stored or published"
        case .notAllowed: "not allowed: the token is missing or wrong"
        case .configuration: "the settings cannot be used"
        }
    }
}
