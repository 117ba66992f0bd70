import Foundation

/// The program that runs.
enum Tool {
    /// The name of its file, which its help and its complaints go by: `daybook`, or that of a project's own tool.
    static let name = CommandLine.arguments.first.map { URL(filePath: $0).lastPathComponent } ?? "daybook"
}
