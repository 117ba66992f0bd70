import Daybook
import Foundation

/// The program that runs.
enum Tool {
    /// The name of its file, which its help and its complaints go by: `daybook`, or that of a project's own tool.
    static let name = CommandLine.arguments.first.map { URL(filePath: $0).lastPathComponent } ?? "daybook"

    /// `false` when the process was given something that is no UTF-8, for which a `String` has U+FFFD.
    static var hasReadableArguments: Bool {
        (0..<Int(CommandLine.argc)).allSatisfy { place in
            CommandLine.unsafeArgv[place].map { String(validatingCString: $0) != nil } ?? true
        }
    }

    /// Lets the process name the signal that ends it, such as that of a trap, and what the domain's code was at.
    static func reportEnd() async {
        EndingSignals.report(as: name, style: .plain)
        await MainActor.run { EndingSignals.prepareThread() }
    }
}
