"""What a notice or a referral says, and to whom."""
