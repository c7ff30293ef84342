"""Where files are left for us: a folder, an SFTP server, a mailbox. Every file connector takes each of them."""
