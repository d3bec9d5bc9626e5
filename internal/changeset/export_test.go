package changeset

import "io/fs"

// Fault is asked before each operation on the disk that changes it. With an error
// the operation fails; a write has then written half, as on a full disk.
type Fault func(operation, name string) error

// SetFault lets operations of a plan fail.
func (p *Plan) SetFault(f Fault) { p.disk = faultyDisk{p.disk, f} }

type faultyDisk struct {
	fileSystem
	fault Fault
}

func (d faultyDisk) Mkdir(name string, perm fs.FileMode) error {
	if err := d.fault("mkdir", name); err != nil {
		return err
	}
	return d.fileSystem.Mkdir(name, perm)
}

func (d faultyDisk) Write(name string, content []byte, mode fs.FileMode) error {
	if err := d.fault("write", name); err != nil {
		_ = d.fileSystem.Write(name, content[:len(content)/2], mode)
		return err
	}
	return d.fileSystem.Write(name, content, mode)
}

func (d faultyDisk) Rename(from, to string) error {
	if err := d.fault("rename", to); err != nil {
		return err
	}
	return d.fileSystem.Rename(from, to)
}

func (d faultyDisk) Remove(name string) error {
	if err := d.fault("remove", name); err != nil {
		return err
	}
	return d.fileSystem.Remove(name)
}
