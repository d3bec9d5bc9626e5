//go:build unix

package measure

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"syscall"
	"time"
)

// Result is one measurement.
type Result struct {
	PerSecond float64 // records
	CPUMicros float64 // of this process, per record
	GCs       float64 // collections per million records
	Allocs    float64 // heap objects per record
	Done      int     // records sent or handled in all: the log or the group's commits must say the same
}

// Meter measures from Start to Stop.
type Meter struct {
	began   time.Time
	cpu     time.Duration
	mem     runtime.MemStats
	profile *os.File
	path    string
}

// Start begins to measure, after what is there has been collected.
func Start(profile string) (*Meter, error) {
	m := &Meter{path: profile}
	if profile != "" {
		f, err := os.Create(profile + ".cpu.pprof")
		if err != nil {
			return nil, fmt.Errorf("write a profile: %w", err)
		}
		m.profile = f
		if err := pprof.StartCPUProfile(f); err != nil {
			return nil, fmt.Errorf("write a profile: %w", err)
		}
	}
	runtime.ReadMemStats(&m.mem)
	m.cpu, m.began = cpuTime(), time.Now()
	return m, nil
}

// Stop is the measurement of n records.
func (m *Meter) Stop(n int) (Result, error) {
	took, cpu := time.Since(m.began), cpuTime()-m.cpu
	var after runtime.MemStats
	runtime.ReadMemStats(&after)
	if m.profile != nil {
		pprof.StopCPUProfile()
		if err := m.profile.Close(); err != nil {
			return Result{}, fmt.Errorf("write a profile: %w", err)
		}
		f, err := os.Create(m.path + ".allocs.pprof")
		if err != nil {
			return Result{}, fmt.Errorf("write a profile: %w", err)
		}
		if err := errors.Join(pprof.Lookup("allocs").WriteTo(f, 0), f.Close()); err != nil {
			return Result{}, fmt.Errorf("write a profile: %w", err)
		}
	}
	records := float64(n)
	return Result{
		PerSecond: records / took.Seconds(),
		CPUMicros: float64(cpu.Microseconds()) / records,
		GCs:       float64(after.NumGC-m.mem.NumGC) / records * 1e6,
		Allocs:    float64(after.Mallocs-m.mem.Mallocs) / records,
	}, nil
}

// cpuTime is what this process has used, the client's C threads included.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0 // cannot fail for oneself
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
