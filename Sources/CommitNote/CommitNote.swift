import Foundation
import PackagePlugin

/// Notes the commit that a build is of, in a source file that is written again whenever a source file or the commit is
/// another one.
///
/// A manifest would do with `Context.gitInformation`, were its evaluation not cached beyond the next commit.
@main struct CommitNote: BuildToolPlugin {
    private static let script = """
        commit=$(git --no-optional-locks -C "$1" describe --always --abbrev=12 --dirty --exclude '*' 2>/dev/null)
        echo "let notedCommit = \\"${commit:-unknown}\\"" >"$2"
        """

    func createBuildCommands(context: PluginContext, target: any Target) -> [Command] {
        let package = context.package
        let output = context.pluginWorkDirectoryURL.appending(path: "Commit.swift")
        let sources = package.targets.compactMap { $0 as? any SourceModuleTarget }.flatMap { $0.sourceFiles.map(\.url) }
        let commits = [package.directoryURL.appending(path: ".git/logs/HEAD")].filter {
            FileManager.default.fileExists(atPath: $0.path)
        }
        return [
            .buildCommand(
                displayName: "Noting the commit", executable: URL(filePath: "/bin/sh"),
                arguments: ["-c", Self.script, "sh", package.directoryURL.path, output.path],
                inputFiles: sources + commits, outputFiles: [output])
        ]
    }
}
