"""What passes between the processes of one user on one computer."""
