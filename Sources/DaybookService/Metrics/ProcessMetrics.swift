import Foundation

/// The figures Prometheus clients report about their own process, read from `/proc` when asked for.
enum ProcessMetrics {
    /// What `/proc/self/stat` tells, in the kernel's units.
    struct Stat: Equatable {
        let cpuTicks: Double
        let startTicks: Double
        let residentPages: Double

        /// Reads the line. The program's name is in parentheses and may hold spaces, so fields count from there.
        init?(_ line: String) {
            guard let end = line.lastIndex(of: ")") else { return nil }
            let fields = line[line.index(after: end)...].split(separator: " ").map { Double($0) }
            guard fields.count > 21, let user = fields[11], let system = fields[12], let start = fields[19],
                let resident = fields[21]
            else { return nil }
            cpuTicks = user + system
            startTicks = start
            residentPages = resident
        }
    }

    /// The present figures, or nothing where there is no `/proc`.
    static func render() -> String {
        guard let stat = contents("/proc/self/stat").flatMap(Stat.init) else { return "" }
        let ticksPerSecond = Double(sysconf(Int32(_SC_CLK_TCK)))
        let pageSize = Double(sysconf(Int32(_SC_PAGESIZE)))
        var text = metric("process_cpu_seconds_total", "counter", stat.cpuTicks / ticksPerSecond)
        text += metric("process_resident_memory_bytes", "gauge", stat.residentPages * pageSize)
        if let boot = contents("/proc/stat").flatMap(bootTime) {
            text += metric("process_start_time_seconds", "gauge", boot + stat.startTicks / ticksPerSecond)
        }
        if let descriptors = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
            text += metric("process_open_fds", "gauge", Double(descriptors.count))
        }
        return text
    }

    /// The time when the machine started, in seconds since 1970, from the text of `/proc/stat`.
    static func bootTime(_ text: String) -> Double? {
        text.split(separator: "\n").first { $0.hasPrefix("btime ") }.flatMap { Double($0.dropFirst(6)) }
    }

    private static func metric(_ name: String, _ kind: String, _ value: Double) -> String {
        "# TYPE \(name) \(kind)\n" + PrometheusText.sample(name, MetricLabels([]), value)
    }

    private static func contents(_ path: String) -> String? {
        try? String(contentsOfFile: path, encoding: .utf8)
    }
}
