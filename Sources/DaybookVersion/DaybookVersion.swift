/// The version of Daybook that a program was built from.
public enum DaybookVersion {
    /// The first digits of the commit, with `-dirty` behind them where files differed from it; `unknown` where the
    /// sources were no checkout.
    public static var commit: String { notedCommit }

    /// The answer of a program to `--version`.
    public static func line(of program: String) -> String { "\(program) (Daybook \(commit))" }
}
