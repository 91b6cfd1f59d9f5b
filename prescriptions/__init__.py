"""THE GATE: patients, prescriptions, the pharmacist's decision, and the permission to hand over."""
