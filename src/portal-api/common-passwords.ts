/**
 * Passwords of 12 characters or more that are tried first: words of log-ins with digits behind,
 * rows of keyboards, what appears in every list of passwords that were stolen. Shorter ones are
 * refused for their length, and mere sequences by rule.
 */
export const commonPasswords: ReadonlySet<string> = new Set(
  `
00000000000a 0987654321ab 111222333444 112233445566 123123123123 123412341234 123456789012
1234567890123 1234567890ab 123456789abc 1q2w3e4r5t6y 1q2w3e4r5t6y7u 1qaz2wsx3edc
1qaz2wsx3edc4rfv 5201314520131 987654321098 a1b2c3d4e5f6 abc123456789 abcabcabcabc abcd12345678
abcdefghijkl abcdefghijklm admin1234567 admin12345678 admin123456789 admin@123456
adminadminadmin administrator administrator1 adminpassword arsenal12345 asdfasdfasdf
asdfghjkl123 asdfghjklqwe autumn2025!! azertyuiop12 azertyuiop123 baseball1234 basketball123
batman123456 bitcoin12345 blockchain12 blockchain123 blockchain1234 changeme1234
changemechangeme charlie12345 chelsea12345 contrasena123 correcthorsebatterystaple
defaultpassword dragon123456 ethereum1234 football1234 iloveyou1234 iloveyou12345 iloveyou2024
iloveyouforever jessica12345 letmein12345 letmein123456 letmeinletmein liverpool123 master123456
michael12345 mima12345678 mnbvcxzlkjhg monkey123456 motdepasse123 mypassword123 openbsn12345
openbsnopenbsn p@ssw0rd1234 p@ssword1234 passw0rd1234 password1234 password12345 password123456
password2024 password2025 password2026 passwordpassword passwort1234 poiuytrewq12 princess1234
q1w2e3r4t5y6 qazwsxedc123 qazwsxedcrfv qwerty123456 qwerty1234567 qwerty12345678 qwertyqwerty
qwertyuiop12 qwertyuiop123 qwertyuiop1234 qwertyuiop[] qwertyuiopas qwertyuiopasdf rootrootroot
secret123456 secretsecret shadow123456 spring2025!! summer2024!! summer202512 sunshine1234
superman1234 supersecret12 test12345678 testing12345 testpassword testtesttest trustno1trustno1
welcome12345 welcome123456 welcome1234567 winter2024!! winter202512 woaini1314520 woaini520520
yourpassword zaq12wsxcde3 zaq1xsw2cde3 zxcvbnmasdfg
`
    .trim()
    .split(/\s+/),
)
