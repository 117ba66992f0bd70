import Foundation

/// The form of tests that `deploy/test --long` runs.
public enum LongForm {
    public static let isOn = ProcessInfo.processInfo.environment["DAYBOOK_TEST_LONG"] != nil
}
